package state

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"kezek/queue"
)

func BenchmarkSave(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("%d entities", n), func(b *testing.B) {
			st := startServer(b).owner()
			var changed []queue.Entity
			for i := range n {
				changed = append(changed, call("pbx1-1700000000."+strconv.Itoa(i)))
			}
			journal := []queue.Entry{entry(1)}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := st.Save(ctx, changed, nil, journal); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodeCall(b *testing.B) {
	c := call("pbx1-1700000000.1")
	var buf []string
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = encode(buf[:0], c); err != nil {
			b.Fatal(err)
		}
	}
}

// site is a large site: 10,000 calls, 1,000 agents, 100,000 callers.
func site() *queue.Snapshot {
	all := new(queue.Snapshot)
	for i := range 10_000 {
		all.Calls = append(all.Calls, call("pbx1-1700000000."+strconv.Itoa(i)))
	}
	for i := range 1_000 {
		all.Agents = append(all.Agents, agent(strconv.Itoa(1000+i)))
	}
	until := time.Now().Add(time.Hour)
	for i := range 100_000 {
		all.Callers = append(all.Callers, caller("+996"+strconv.Itoa(555_000_000+i), until))
	}
	return all
}

func BenchmarkLoad(b *testing.B) {
	st := startServer(b).owner()
	all := site()
	replace(b, st, all)
	for b.Loop() {
		if got := load(b, st); len(got.Callers) != len(all.Callers) {
			b.Fatal(len(got.Callers))
		}
	}
}

func BenchmarkReplace(b *testing.B) {
	for _, emptied := range []bool{true, false} {
		b.Run(fmt.Sprintf("emptied %v", emptied), func(b *testing.B) {
			srv := startServer(b)
			st := srv.owner()
			all := site()
			replace(b, st, all)
			for b.Loop() {
				if emptied {
					srv.do("FLUSHALL")
				}
				replace(b, st, all)
			}
		})
	}
}

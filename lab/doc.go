// Package lab runs a private exchange for the demo, the tests and the
// benchmarks: a real Asterisk, a real Redis and the Kezek daemon, all on
// loopback addresses and all gone when the lab stops.
//
// Asterisk comes from a Debian root folder that [Setup] builds once in the
// user's cache folder; ASTERISK=/path/to/asterisk (version 20 or newer) serves
// instead. Every lab has its own copy of what Asterisk writes and reads, so
// that many of them share one installation.
//
// A lab has a number, and the number gives its addresses: lab 0 lives on
// 127.0.0.1 with its carrier on 127.0.0.2, lab n on 127.0.n.1 and 127.0.n.2,
// all with the same ports. Lab 0 is the one that people use (make up, make
// demo); tests take whichever number is free:
//
//	func TestCall(t *testing.T) {
//		l := lab.ForTest(t, lab.Options{Daemon: true})
//		phone := ... // registers at l.SIPAddr with lab.Agents()[0]
//	}
//
// Nothing outlives the process that started a lab, however it ends: what is
// mounted is mounted in a namespace of its own, and the kernel kills the lab's
// processes with their parent. A lab's files are in [Lab.Dir]: .lab in the
// checkout for lab 0, .lab/n for lab n. They hold process ids (asterisk.pid,
// redis.pid, kezek.pid) and logs (asterisk/log/full, redis.log, kezek.log),
// and stay until the number is used again.
package lab

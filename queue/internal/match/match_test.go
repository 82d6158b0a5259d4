package match

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// site is a matcher with what was told to it, and draws what is told next.
type site struct {
	*rapid.T
	*rand.Rand
	*Matcher
	rules    Rules
	agentIDs []string
	queueIDs []string
	jobs     map[Ref]Job
	agents   map[string]Agent
	// seen counts what happened.
	seen map[string]int
}

func newSite(t *rapid.T, seen map[string]int) *site {
	s := &site{
		T: t, Rand: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
		rules: Rules{Queues: map[string]Queue{}, Agents: map[string]Profile{}}, jobs: map[Ref]Job{}, agents: map[string]Agent{},
		seen: seen,
	}
	languages := []string{"ru", "ky", "en"}
	s.rules.Languages = languages[:s.number(1, 3)]
	for i := range s.number(1, 3) {
		id := fmt.Sprint("q", i)
		s.queueIDs = append(s.queueIDs, id)
		s.rules.Queues[id] = Queue{
			Strategy:          pick(s, Strategies...),
			FewestSkillsFirst: s.mostly(), Overflow: s.chance(),
		}
	}
	for i := range s.number(1, 6) {
		id := fmt.Sprint("a", i)
		s.agentIDs = append(s.agentIDs, id)
		p := Profile{Skills: s.number(0, 2), Order: i}
		for _, l := range s.rules.Languages {
			if s.mostly() {
				p.Languages = append(p.Languages, l)
			}
		}
		for _, q := range s.queueIDs {
			if s.mostly() {
				p.Queues = append(p.Queues, Membership{q, s.number(0, 1)})
			}
		}
		s.rules.Agents[id] = p
		s.agents[id] = Agent{ID: id}
	}
	s.queueIDs = append(s.queueIDs, "retired")
	s.Matcher = New(s.rules)
	return s
}

func (s *site) number(from, to int) int { return from + s.IntN(to-from+1) }

func (s *site) chance() bool { return s.IntN(2) == 0 }

func (s *site) mostly() bool { return s.IntN(4) > 0 }

func pick[T any](s *site, of ...T) T { return of[s.IntN(len(of))] }

// change tells something new about an agent or a job.
func (s *site) change() {
	if s.chance() {
		is := Agent{ID: pick(s, s.agentIDs...), Works: s.mostly()}
		is.Free = is.Works && s.mostly()
		is.AtHand = is.Free || is.Works && s.chance()
		is.Calls, is.LastCall, is.Since = s.number(0, 2), int64(s.number(0, 2)), int64(s.number(0, 2))
		if is.Works && s.number(0, 7) == 0 {
			is.Owes = fmt.Sprint("j", s.number(0, 5))
			is.AtHand = false
			job := s.job(Ref{is.Owes, true})
			if !slices.Contains(job.Refusers, is.ID) {
				job.Refusers = append(slices.Clone(job.Refusers), is.ID)
			}
			s.setJob(job)
		}
		s.setAgent(is)
		return
	}
	if s.number(0, 9) == 0 {
		s.SetPenalty(pick(s, s.agentIDs...), pick(s, s.queueIDs...), s.number(0, 2))
		return
	}
	// A caller and a callback may have the same id. Much of a job changes, or one thing.
	job := s.job(Ref{fmt.Sprint("j", s.number(0, 5)), s.chance()})
	change := map[string]func(){
		"line":  func() { job.Line = Line{pick(s, s.queueIDs...), pick(s, s.rules.Languages...)} },
		"stage": func() { job.Stage = pick(s, Out, Ringing, Waiting, Waiting, Waiting) },
		"place": func() {
			job.Place = Place{
				Urgent: job.Callback && s.chance(), Weight: s.number(0, 1), Head: s.chance(),
				Priority: s.number(0, 1), Since: int64(s.number(0, 3)),
			}
		},
		"overflowed": func() { job.Overflowed = s.chance() },
		"tried": func() {
			job.Tried = nil
			for _, id := range s.agentIDs {
				if s.chance() {
					job.Tried = append(job.Tried, Tried{id, s.number(1, 3)})
				}
			}
		},
		"keeper": func() {
			if job.Keeper = ""; s.number(0, 3) == 0 {
				job.Keeper = pick(s, append([]string{"unknown"}, s.agentIDs...)...)
			}
		},
	}
	things := slices.Sorted(maps.Keys(change))
	if one := s.number(0, 2*len(things)); one < len(things) && job.Queue != "" {
		things = things[one : one+1]
	}
	for _, thing := range things {
		change[thing]()
	}
	s.setJob(job)
}

func (s *site) job(ref Ref) Job {
	if job, known := s.jobs[ref]; known {
		return job
	}
	return Job{Ref: ref}
}

func (s *site) setJob(is Job) {
	s.jobs[is.Ref] = is
	s.SetJob(is)
}

func (s *site) setAgent(is Agent) {
	s.agents[is.ID] = is
	s.SetAgent(is)
}

// check holds the index against the oracle: both directions, and what it tells of lines.
func (s *site) check() {
	for id, a := range s.Matcher.agents {
		got, want := s.bestFor(a), s.bestPlainly(a)
		if got != want {
			s.Fatalf("best for agent %s is %+v, want %+v", id, got, want)
		}
		if is := s.agents[id]; id != "unknown" && !s.KnowsAgent(is) {
			s.Fatalf("agent %s is known as %+v, want %+v", id, a.Agent, is)
		}
	}
	inLine := 0
	for ref, is := range s.jobs {
		if j := s.Matcher.jobs.get(ref); !s.Knows(is) || is.Stage != Out && !reflect.DeepEqual(j.Job, is) {
			s.Fatalf("job %v is not known as %+v", ref, is)
		}
		position, callers := 1, 0
		for _, other := range s.jobs {
			if other.Line != is.Line || other.Stage == Out {
				continue
			}
			if comparePlainly(&job{Job: other}, &job{Job: is}) < 0 {
				position++
			}
			if !other.Callback {
				callers++
			}
		}
		if is.Stage == Out {
			position = 0
		} else {
			inLine++
		}
		if got := s.Position(ref); got != position {
			s.Fatalf("position of %+v is %d, want %d", is, got, position)
		}
		if got := s.Callers(is.Line); is.Stage != Out && got != callers {
			s.Fatalf("line %v has %d callers, want %d", is.Line, got, callers)
		}
		if j := s.Matcher.jobs.get(ref); j != nil {
			s.candidates(j)
			if want := s.candidatesPlainly(j); !slices.Equal(s.chosen, want) {
				s.Fatalf("candidates for %+v are %q, want %q", is, s.chosen, want)
			}
			s.checkBars(j, slices.Clone(s.chosen))
		}
	}
	if s.Jobs() != inLine {
		s.Fatalf("%d jobs are in line, want %d", s.Jobs(), inLine)
	}
	for name, l := range s.lines {
		works := 0
		for _, a := range s.Matcher.agents {
			speaks := name.Language == "" || slices.Contains(a.Languages, name.Language)
			if a.Works && speaks && slices.ContainsFunc(a.Queues, func(in Membership) bool { return in.Queue == name.Queue }) {
				works++
			}
		}
		if s.Staff(name) != works {
			s.Fatalf("%d agents work in %v, want %d", s.Staff(name), name, works)
		}
		var order []*job
		for j := range l.callers.All() {
			order = append(order, j)
		}
		if !slices.IsSortedFunc(order, comparePlainly) {
			s.Fatalf("line %v is not in order", name)
		}
		for i, j := range order {
			if at, ok := s.CallerAt(name, i+1); !ok || at != j.Place {
				s.Fatalf("caller %d of %v is at %+v, want %+v", i+1, name, at, j.Place)
			}
		}
		if _, ok := s.CallerAt(name, len(order)+1); ok {
			s.Fatalf("line %v has a caller after the last one", name)
		}
	}
}

// checkBars holds what is told of a job and each agent: there is a bar unless the agent may take it, and who is chosen has none.
func (s *site) checkBars(j *job, chosen []string) {
	may := 0
	for id, a := range s.Matcher.agents {
		bars, ok := s.Bars(id, j.Ref)
		if !ok || (bars == 0) != s.mayTakePlainly(a, &j.Job) {
			s.Fatalf("bars of %+v for %+v are %b", a.Agent, j.Job, bars)
		}
		if bars == 0 {
			may++
		} else if slices.Contains(chosen, id) {
			s.Fatalf("%s is chosen for %+v over the bars %b", id, j.Job, bars)
		}
		free := *a
		free.Free, free.Owes = true, ""
		turn, ok := s.Turn(id)
		if best := s.bestPlainly(&free); ok != (best != nil) || ok && turn != best.Ref {
			s.Fatalf("the turn of %s is %v, want %+v", id, turn, best)
		}
	}
	if (may > 0) != (len(chosen) > 0) {
		s.Fatalf("%d agents may take %+v, and %q are chosen", may, j.Job, chosen)
	}
}

// settle does what the matcher asks for until there is nothing, and holds each step
// against what it promises.
func (s *site) settle() {
	for steps := 0; ; steps++ {
		if steps > 100 {
			s.Fatal("the steps have no end")
		}
		step := s.Next()
		switch step.Do {
		case Nothing:
			if found := s.needless(); len(found) > 0 {
				s.Fatalf("needlessly waiting: %+v", found)
			}
			return
		case LetGo:
			job := s.jobs[step.Job]
			if job.Keeper == "" || job.Callback {
				s.Fatalf("%+v is let go", job)
			}
			job.Keeper = ""
			s.setJob(job)
			s.seen["let go"]++
		case Unstaffed:
			if n := s.Staff(Line{step.Queue, ""}); n != 0 {
				s.Fatalf("queue %s is unstaffed with %d agents", step.Queue, n)
			}
			s.seen["unstaffed"]++
		case Offer:
			s.takes(step)
		}
	}
}

// takes is an offer: the phones of its agents ring, or the job is put off.
func (s *site) takes(step Step) {
	j := s.Matcher.jobs.get(step.Job)
	agents := slices.Clone(step.Agents)
	if want := s.candidatesPlainly(j); len(want) == 0 || !slices.Equal(agents, want) {
		s.Fatalf("%+v is offered to %q, want %q", j.Job, agents, want)
	}
	// Those who are new come after agents who are new, in their order.
	known := func(other *job) bool { return !s.freshJobs.Has(other) || len(s.freshAgents) == 0 }
	for _, id := range agents {
		for _, other := range s.allJobs() {
			if known(other) && comparePlainly(other, j) < 0 && s.mayTakePlainly(s.agent(id), &other.Job) {
				s.Fatalf("agent %s gets %+v, but %+v waited before it", id, j.Job, other.Job)
			}
		}
	}
	job := s.jobs[step.Job]
	if job.Stage = Out; s.number(0, 9) > 0 {
		job.Stage = Ringing
		for _, id := range agents {
			is := s.agents[id]
			is.Free = false
			s.setAgent(is)
		}
		if q := s.rules.Queues[job.Queue]; q.Strategy == RRMemory && !job.Callback {
			s.SetLast(job.Queue, agents[0])
		}
	}
	s.setJob(job)
	speaks := slices.Contains(s.rules.Agents[agents[0]].Languages, job.Language)
	for what, is := range map[string]bool{
		"several phones": len(agents) > 1, "kept": job.Keeper != "", "owed": s.agents[agents[0]].Owes != "", "callbacks": job.Callback,
		"own language": speaks, "another language": !speaks && job.Keeper == "",
		"a next round": len(job.Tried) > 0 && roundPlainly(j, agents[0]) > 0 && job.Keeper == "",
		string(s.rules.Queues[job.Queue].Strategy): true,
	} {
		if is {
			s.seen[what]++
		}
	}
}

// What the index proposes in both directions is what the plain words of the rule
// come to, whatever is told, and when nothing is to be done nobody waits needlessly.
func TestAgainstTheOracle(t *testing.T) {
	seen := map[string]int{}
	var missing []string
	for range 20 { // one is enough as a rule, but for -short, which tries a fifth
		rapid.Check(t, func(t *rapid.T) { againstTheOracle(t, seen) })
		missing = slices.DeleteFunc([]string{
			"let go", "unstaffed", "several phones", "kept", "owed", "callbacks", "own language", "another language", "rrmemory", "ringall", "a next round",
		}, func(what string) bool { return seen[what] > 0 })
		if len(missing) == 0 || t.Failed() {
			return
		}
	}
	t.Errorf("nothing was tested: no %q in %v", missing, seen)
}

func againstTheOracle(t *rapid.T, seen map[string]int) {
	s := newSite(t, seen)
	for range rapid.IntRange(1, 100).Draw(t, "rounds") {
		for range s.number(1, 6) {
			s.change()
		}
		if s.number(0, 9) == 0 {
			s.Recheck()
		}
		s.check()
		s.settle()
		s.check()
	}
}

// A step that is not done panics at the next one, which names the job.
func TestWhatIsAskedMustBeDone(t *testing.T) {
	for _, tt := range []struct {
		name string
		job  Job
		want Act
	}{
		{"an offer", Job{}, Offer},
		{"a job let go", Job{Keeper: "1"}, LetGo},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := New(Rules{
				Languages: []string{"ru"}, Queues: map[string]Queue{"sales": {}},
				Agents: map[string]Profile{"1": {Queues: []Membership{{Queue: "sales"}}, Languages: []string{"ru"}}},
			})
			m.SetAgent(Agent{ID: "1", Works: true, Free: tt.want == Offer, AtHand: true})
			tt.job.Ref, tt.job.Line, tt.job.Stage = Ref{ID: "pbx-1"}, Line{"sales", "ru"}, Waiting
			m.SetJob(tt.job)
			if tt.want == LetGo {
				m.SetAgent(Agent{ID: "1", Works: true})
			}
			if step := m.Next(); step.Do != tt.want || step.Job != tt.job.Ref {
				t.Fatalf("the step is %+v", step)
			}
			defer func() {
				if p := recover(); !strings.Contains(fmt.Sprint(p), "pbx-1") {
					t.Errorf("panic: %v", p)
				}
			}()
			m.Next()
		})
	}
}

// However many wait and are free, few pairs are looked at: the index proposes hardly
// anything that the rule then refuses.
func TestFewPairsAreLookedAt(t *testing.T) {
	const many = 2_000
	sales := []Membership{{Queue: "sales"}, {Queue: "support"}}
	rules := Rules{
		Languages: []string{"ru", "ky"}, Queues: map[string]Queue{"sales": {Overflow: true}, "support": {}},
		Agents: map[string]Profile{"ru": {Queues: sales, Languages: []string{"ru"}}},
	}
	for i := range many {
		rules.Agents[fmt.Sprint("ky", i)] = Profile{Queues: sales, Languages: []string{"ky"}}
	}
	m := New(rules)
	next := func() Step {
		before := m.asks
		step := m.Next()
		if n := m.asks - before; n > 10 {
			t.Fatalf("%+v took %d looks at pairs", step, n)
		}
		return step
	}
	// The one who speaks ru is busy, all who speak ky are free, and callers of ru wait in both queues.
	m.SetAgent(Agent{ID: "ru", Works: true})
	for i := range many {
		m.SetAgent(Agent{ID: fmt.Sprint("ky", i), Works: true, Free: true})
	}
	job := func(i int) Job {
		return Job{Ref: Ref{ID: fmt.Sprint("j", i)}, Line: Line{[]string{"sales", "support"}[i%2], "ru"}, Place: Place{Since: int64(i)}, Stage: Waiting}
	}
	for i := range many {
		if m.SetJob(job(i)); next().Do != Nothing {
			t.Fatal("a caller of ru is offered to an agent of ky")
		}
	}
	for i := range many {
		m.SetAgent(Agent{ID: "ru", Works: true, Free: true})
		if step := next(); step.Do != Offer || step.Job != job(i).Ref || step.Agents[0] != "ru" {
			t.Fatalf("step %d is %+v", i, step)
		}
		m.SetAgent(Agent{ID: "ru", Works: true})
		m.SetJob(Job{Ref: job(i).Ref})
		if next().Do != Nothing {
			t.Fatal("somebody is free who should not be")
		}
	}
}

// A change of any field of a job is a change: one that is overlooked would not be matched.
func TestEachFieldOfAJobCounts(t *testing.T) {
	var change func(v reflect.Value, told func(field string), path string)
	change = func(v reflect.Value, told func(string), path string) {
		for i := range v.NumField() {
			field, name := v.Field(i), path+v.Type().Field(i).Name
			was := reflect.New(field.Type()).Elem()
			was.Set(field)
			switch field.Kind() {
			case reflect.Struct:
				change(field, told, name+".")
				continue
			case reflect.String:
				field.SetString("other")
			case reflect.Bool:
				field.SetBool(true)
			case reflect.Int, reflect.Int64:
				field.SetInt(1)
			case reflect.Slice:
				field.Set(reflect.MakeSlice(field.Type(), 1, 1))
			default:
				t.Fatalf("%s: a %s cannot be changed here", name, field.Kind())
			}
			told(name)
			field.Set(was)
		}
	}
	var was, is Job
	change(reflect.ValueOf(&is).Elem(), func(field string) {
		if was.is(is) && was.Ref == is.Ref {
			t.Errorf("a change of %s is none", field)
		}
	}, "")
}

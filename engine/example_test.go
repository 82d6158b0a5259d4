package engine_test

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"kezek/engine"
	"kezek/queue"
	"kezek/queue/journal"
)

// paper is an exchange and a store on paper: it prints what it is given.
type paper struct{ events chan queue.Event }

func (p paper) Name() string    { return "pbx" }
func (p paper) Connected() bool { return true }

// Run attaches: the first event is what lives there, which is nothing yet.
func (p paper) Run(ctx context.Context, sink func(received time.Time, ev queue.Event)) error {
	sink(time.Now(), queue.Synced{})
	for {
		select {
		case ev := <-p.events:
			sink(time.Now(), ev)
		case <-ctx.Done():
			return nil
		}
	}
}

func (p paper) Do(_ time.Time, actions []queue.Action) {
	for _, a := range actions {
		fmt.Printf("do %T\n", a)
	}
}

func (p paper) Acquire(context.Context) (<-chan struct{}, error) { return make(chan struct{}), nil }
func (p paper) Load(context.Context) (*queue.Snapshot, error)    { return &queue.Snapshot{}, nil }
func (p paper) Release(context.Context) error                    { return nil }
func (p paper) Aside() int                                       { return 0 }
func (p paper) Forgot(int)                                       {}

func (p paper) CallbackOver(context.Context, string) (*queue.Callback, error) { return nil, nil }
func (p paper) Replace(context.Context, *queue.Snapshot) error                { return nil }
func (p paper) MoveAside(context.Context, queue.Entity, string) error         { return nil }

func (p paper) Save(_ context.Context, changed, gone []queue.Entity, _ []queue.Entry) ([]journal.Position, error) {
	for _, e := range changed {
		if c, ok := e.(*queue.Call); ok {
			fmt.Printf("save call %s: %s\n", c.ID, c.State)
		}
	}
	return nil, nil
}

// A call to a queue at which nobody works: what is to be done is only done once the state that wanted it is saved.
func Example() {
	q := queue.DefaultQueue()
	q.Name, q.DID, q.DefaultLanguage = "sales", []string{"100"}, "ru"
	rules := &queue.Rules{Languages: []queue.Language{"ru"}, Location: time.UTC, Queues: map[string]*queue.QueueRules{"sales": &q}}

	outside := paper{events: make(chan queue.Event)}
	e := engine.New(engine.Options{Rules: rules, Exchange: outside, Store: outside, Log: zap.NewNop()})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()

	outside.events <- queue.CallArrived{Channel: "pbx-1", DID: "100", Number: "+996555000001"}
	outside.events <- queue.Tick{}                            // taken from the channel once the call is in the engine's inbox
	_, err := e.Ask(ctx, queue.AskState{Phone: "PJSIP/1001"}) // waits its turn behind the two
	stop()
	fmt.Println("asked:", err, "ended:", <-ended)
	// Output:
	// save call pbx-1: waiting
	// do queue.AnswerCall
	// do queue.Play
	// do queue.Lamp
	// asked: <nil> ended: <nil>
}

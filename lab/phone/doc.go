// Package phone has SIP phones and a carrier for tests: real SIP and real RTP
// on loopback, with every step of every call in a log.
//
// A [Phone] registers, takes and places calls. A [Carrier] is the far end of
// the trunk: callers with any caller id, and the numbers that the exchange
// dials. What is heard is recorded, and package ear tells what it was.
//
//	agent, err := phone.New(phone.Config{Extension: "1012", Password: "lab-1012"})
//	err = agent.Register(ctx)
//	carrier, err := phone.NewCarrier(phone.CarrierConfig{})
//	caller, err := carrier.Call(ctx, phone.CallerID{Number: "+996700123456"}, "+996312900800")
//	ring, err := agent.Expect(ctx)        // the agent's phone rings,
//	err = ring.Answer(ctx)                // they take the handset,
//	at, err := caller.WaitTone(ctx, agent.Tone(), time.Time{}) // and is heard
//
// The keys of a desk phone are there as well: hold, transfer blind and
// attended, three-way ([Call.Conference]), and lamps ([Phone.Watch]).
//
// # Times
//
// The log of a call ([Call.Log]) has the time of everything that happened.
// "Agent hangs up → next call at their phone" is
//
//	next.At(phone.InviteReceived).Sub(last.At(phone.ByeSent))
//
// and "answer → heard" is at.Sub(ring.At(phone.AnswerSent)).
//
// # Waiting
//
// Nothing here sleeps for a guess: [Call.Wait] waits for an event of the log,
// [Call.WaitEnd] for the end, [Call.WaitTone] and its like for a sound. All
// end with ctx, and when the call ends without what was waited for.
//
// # What is heard
//
// Each phone sends a steady tone of its own ([Phone.Tone]), and each call of
// a carrier another one ([Call.Tone]), so that a recording tells who was
// connected, and when.
package phone

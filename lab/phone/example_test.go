package phone_test

import (
	"context"
	"fmt"
	"time"

	"kezek/lab/ear"
	"kezek/lab/phone"
)

// A caller reaches an agent, hears them, is put on hold and hears a prompt
// there. Here the phone plays the exchange's part as well; with an Asterisk
// between them nothing else would change but the addresses.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	agent, err := phone.New(phone.Config{Extension: "1012"})
	if err != nil {
		panic(err)
	}
	defer agent.Vanish()
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: agent.Addr().String(), Listen: "127.0.0.1:0"})
	if err != nil {
		panic(err)
	}
	defer carrier.Close()

	caller, err := carrier.Call(ctx, phone.CallerID{Number: "+996700123456"}, "+996312900800")
	if err != nil {
		panic(err)
	}
	rings, err := agent.Expect(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println("the phone shows", rings.Caller().Number)
	if err := rings.Answer(ctx); err != nil {
		panic(err)
	}
	at, err := caller.WaitTone(ctx, agent.Tone(), time.Time{})
	if err != nil {
		panic(err)
	}

	prompt, err := phone.File("../../prompts/audio/ru/return.wav")
	if err != nil {
		panic(err)
	}
	_, _ = caller.WaitTone(ctx, agent.Tone(), at.Add(200*time.Millisecond))
	rings.Send(prompt)
	_, _ = caller.WaitSilence(ctx, time.Now().Add(time.Second))
	_ = rings.Hangup(ctx)
	end, err := caller.WaitEnd(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(end)

	library, err := ear.Load("../../prompts/audio")
	if err != nil {
		panic(err)
	}
	library, err = library.Only("ru/hold", "ru/return") // for the example to be quick
	if err != nil {
		panic(err)
	}
	library.NameTone(agent.Tone(), "1012")
	for _, h := range library.Listen(caller.Recording().PCM).Of(ear.Tone, ear.Prompt) {
		fmt.Println(h.Name)
	}
	// Output:
	// the phone shows +996700123456
	// ended by the far end
	// tone of 1012
	// ru/return
}

package demo

import (
	"context"
	"slices"

	"kezek/ops"
)

// logIn: the codes *10, *12 and *13, each answered in the agent's language. 1003
// and 1004 have a call each before 1001 is there.
func logIn(d *day) {
	d.awaitTrue("Kezek sees the phones", func(context.Context) (bool, error) {
		there := 0
		for _, a := range table[ops.Agent](d, "agents") {
			if a.Reachable {
				there++
			}
		}
		return there == len(d.agents()), nil
	})
	d.tell("The phones of 1001 to 1004 (Russian) and 1006 (Kyrgyz) are registered")
	taken := make(chan struct{})
	d.together(
		func() {
			takeShort(d)
			close(taken)
		},
		func() {
			code := d.a1001.dials("*10")
			code.hears("ru/enter-pin")
			code.presses("9999#")
			code.hears("ru/wrong-pin")
			d.await("1003 and 1004 have their calls", func(ctx context.Context) error {
				select {
				case <-taken:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			})
			code.presses("1001#")
			code.hears("ru/logged-in")
			code.isHungUp()
			said := code.report().prompts()
			d.promise(slices.Contains(said, "ru/wrong-pin") && said[len(said)-1] == "ru/logged-in",
				"*10 refuses a wrong PIN in speech, and takes the right one", "ear at 1001", "%s", list(said))

			code = d.a1001.dials("*12")
			code.hears("ru/status-waiting")
			code.isHungUp()
		},
		func() {
			code := d.a1006.dials("*101006")
			code.hears("ky/logged-in")
			code.isHungUp()
			heard := code.report()
			d.promise(heard.say("ky/logged-in"), "*10 and the PIN in one go are answered in the agent's language", "ear at 1006",
				"%s", list(heard.prompts()))

			code = d.a1006.dials("*13")
			code.hears("ky/status-waiting")
			code.hears("ky/since-under")
			code.hears("ky/waiting-calls-under")
			code.isHungUp()
			heard = code.report()
			d.promise(heard.say("ky/status-waiting", "ky/since-under", "ky/waiting-calls-under"),
				"*13 tells an agent their state in their language", "ear at 1006", "%s", list(heard.prompts()))
		},
	)
}

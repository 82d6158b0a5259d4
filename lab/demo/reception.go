package demo

import (
	"context"
	"time"

	"kezek/lab"
	"kezek/lab/phone"
)

// reception: Irina calls the reception, which is no queue, while 1001 talks to Olga. 1020, who sits there, puts Irina on hold,
// calls sales, and presses the transfer key while the music plays: Irina has the place in line, and her own number.
func reception(d *day) {
	olga, irina, a, desk := d.olga, d.irina, d.a1001, d.a1020
	olga.dials()
	a.isRungFor(olga)
	a.answers(olga)

	irina.dialsAt(lab.ReceptionDID)
	desk.isRungFor(irina)
	desk.tell("1020 answers")
	desk.await("1020 answers", desk.call.Answer)
	irina.hearEachOther(desk, desk.call.At(phone.AnswerSent))
	held := desk.line
	held.tell("1020 puts Irina on hold")
	held.await("1020 puts Irina on hold", func(ctx context.Context) error { return held.call.Hold(ctx, phone.SendOnly) })
	sales := desk.dials(lab.DID)
	sales.await("the first word for 1020", func(ctx context.Context) error {
		_, err := sales.call.WaitSound(ctx, time.Time{})
		return err
	})
	sales.presses("2")
	sales.hears("ru/all-busy")
	held.tell("1020 presses the transfer key")
	var told int
	held.await("1020 is told of the transfer", func(ctx context.Context) (err error) {
		if err = held.call.TransferTo(ctx, sales.call); err == nil {
			told, err = held.call.TransferResult(ctx)
		}
		return err
	})
	held.tell("the phone of 1020 is told %d", told)
	sales.isHungUp()
	irina.heard = time.Now() // not that of the reception's hold
	irina.hearsMusic()
	d.show("calls")

	a.hangsUp()
	a.isRungAtOnceFor(irina)
	shown := a.call.Caller()
	a.answers(irina)
	irina.goesOnTalking(time.Second)
	irina.hangsUp()
	olga.isHungUp()
	d.promise(told == 200 && shown.Number == irina.number, "Who is transferred into a queue has the place in line, with their own number",
		"phones of 1020 and 1001", "told %d, shows %s", told, shown.Number)
}

package daemon

import (
	"cmp"
	"context"
	"time"

	"go.uber.org/zap"

	"kezek/ops"
	"kezek/queue"
)

// journalBuffer is how many journal lines the log may be behind.
const journalBuffer = 8192

// journalTo writes a line for each call that ended, for each log-in and log-out, for each hold that took too long, for what becomes of
// each callback, for what was refused and for each difference that was healed: from now on, and with all that happened before ctx
// ends. It listens to the feed like any client: a log that blocks never makes a call wait.
func journalTo(feed *ops.Feed, log *zap.Logger) func(ctx context.Context) {
	l := feed.Listen(journalBuffer)
	return func(ctx context.Context) {
		for !logLines(ctx, l, log) {
			log.Error("the log is too slow: lines about calls are missing here")
			l = feed.Listen(journalBuffer)
		}
		feed.Leave(l)
	}
}

// logLines reports false when the feed cut it off.
func logLines(ctx context.Context, l *ops.Listener, log *zap.Logger) bool {
	for {
		select {
		case line, ok := <-l.Lines:
			if !ok {
				return false
			}
			logEntry(log, line.Entry)
		case <-ctx.Done():
			for { // what happened before the end
				select {
				case line, ok := <-l.Lines:
					if !ok {
						return false
					}
					logEntry(log, line.Entry)
				default:
					return true
				}
			}
		}
	}
}

// wordsOf a line about a callback.
var wordsOf = map[queue.EntryKind]string{
	queue.EntryCallbackBooked: "callback promised", queue.EntryCallbackMerged: "callback promised again", queue.EntryCallbackAttempt: "client not reached",
	queue.EntryCallbackCameIn: "client has called in", queue.EntryCallbackEnded: "callback ended",
	queue.EntryCallbackWarned: "callback: 2/3 of its time has passed", queue.EntryCallbackEscalated: "callback: 5/6 of its time has passed",
	queue.EntryCallbackBreached: "callback: its deadline was missed", queue.EntryViolation: "violation",
	queue.EntryCallbackAlarm: "calling supervisor", queue.EntryCallbackMoved: "callback moved by supervisor", queue.EntryCallOrder: "order about a call", queue.EntryAlarmSeen: "alarm acknowledged", queue.EntryAgentOrder: "status changed by supervisor",
	queue.EntryAgentPenalty:  "penalty changed",
	queue.EntryNumberErased:  "what was known of a number is erased",
	queue.EntryNumberCleared: "flag of a number cleared",

	queue.EntryTimesheetCorrected: "timesheet corrected", queue.EntryTimesheetRestored: "timesheet as recorded again",
}

// aboutCallback are the fields of a line, as far as they apply.
func aboutCallback(e queue.Entry) []zap.Field {
	var fields []zap.Field
	for _, f := range []struct{ name, value string }{
		{"callback", e.Callback}, {"class", string(e.Class)}, {"queue", e.Queue}, {"language", string(e.Language)}, {"number", e.Number},
		{"agent", e.Agent}, {"cause", string(e.Cause)}, {"outcome", string(e.CallbackOutcome)}, {"status", string(e.Status)}, {"by", e.By}, {"detail", e.Words()},
	} {
		if f.value != "" {
			fields = append(fields, zap.String(f.name, f.value))
		}
	}
	return fields
}

func logEntry(log *zap.Logger, e queue.Entry) {
	switch e.Kind {
	case queue.EntryCallEnded:
		log.Info("call ended", zap.String("call", e.Call), zap.String("queue", e.Queue), zap.String("language", string(e.Language)),
			zap.String("number", e.Number), zap.String("outcome", string(e.Outcome)), zap.String("agent", e.Agent), zap.String("result", e.More().Result),
			zap.Duration("wait", e.Wait.Round(time.Millisecond)), zap.Duration("talk", e.Talk.Round(time.Millisecond)))
	case queue.EntryHoldLimited:
		log.Info("on hold for too long", zap.String("call", e.Call), zap.String("queue", e.Queue), zap.String("number", e.Number),
			zap.String("agent", e.Agent), zap.Duration("held", e.Hold.Round(time.Millisecond)), zap.String("then", string(e.More().Then)))
	case queue.EntryCallbackBooked, queue.EntryCallbackMerged, queue.EntryCallbackAttempt, queue.EntryCallbackCameIn, queue.EntryCallbackEnded,
		queue.EntryCallbackAlarm, queue.EntryCallbackMoved, queue.EntryCallOrder, queue.EntryAlarmSeen, queue.EntryAgentOrder, queue.EntryAgentPenalty, queue.EntryNumberCleared, queue.EntryNumberErased,
		queue.EntryTimesheetCorrected, queue.EntryTimesheetRestored:
		log.Info(wordsOf[e.Kind], aboutCallback(e)...)
	case queue.EntryCallbackWarned, queue.EntryCallbackEscalated, queue.EntryCallbackBreached, queue.EntryViolation:
		log.Warn(wordsOf[e.Kind], aboutCallback(e)...)
	case queue.EntryAgentLogIn:
		fields := []zap.Field{zap.String("agent", e.Agent), zap.String("phone", e.Phone)}
		if e.By != "" { // a program that needs no PIN
			fields = append(fields, zap.String("by", e.By))
		}
		log.Info("agent logged in", fields...)
	case queue.EntryAgentLogOut:
		log.Info("agent logged out", zap.String("agent", e.Agent), zap.String("phone", e.Phone), zap.String("why", cmp.Or(e.Words(), "dialled")),
			zap.String("by", e.By), zap.Duration("after", e.More().Length.Round(time.Second)))
	case queue.EntryTrunkDown:
		log.Error("the trunk takes no calls", zap.String("cause", string(e.Cause)))
	case queue.EntryTrunkUp:
		log.Info("the trunk takes calls again", zap.Duration("after", e.More().Length.Round(time.Second)))
	case queue.EntryAgentPhone:
		if e.More().PhoneChange == queue.PhoneBroken {
			log.Warn("agent's phone does not work", zap.String("agent", e.Agent), zap.String("phone", e.Phone), zap.String("cause", string(e.Cause)), zap.String("what", e.Cause.Words()))
			break
		}
		log.Info("agent's phone", zap.String("agent", e.Agent), zap.String("phone", e.Phone), zap.String("what", e.Words()))
	case queue.EntryRecordingFailed:
		fields := []zap.Field{zap.String("call", e.Call), zap.String("queue", e.Queue), zap.String("agent", e.Agent), zap.String("why", e.More().Reason)}
		for _, r := range e.More().Recorded {
			fields = append(fields, zap.String("kept", r.Name), zap.Duration("length", r.Length.Round(time.Millisecond)))
		}
		log.Error("a conversation is not recorded", fields...)
	case queue.EntryRefused:
		fields := []zap.Field{zap.String("why", string(e.More().Refusal)), zap.String("number", e.Number), zap.String("agent", e.Agent), zap.String("phone", e.Phone), zap.String("to", e.To),
			zap.String("call", e.Call), zap.String("queue", e.Queue), zap.String("by", e.By)}
		if e.More().Times > 0 {
			fields = append(fields, zap.Int("times", e.More().Times))
		}
		log.Info("refused", fields...)
	case queue.EntryClockSet:
		log.Warn("the clock of this machine was set; what runs goes on as long as it would have", zap.Duration("by", e.More().Clock.Round(time.Millisecond)))
	case queue.EntryHealed:
		log.Warn("healed", zap.String("what", e.Call), zap.String("how", e.More().Reason))
	}
}

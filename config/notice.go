package config

import (
	"regexp"
	"time"

	"kezek/queue"
)

// noticeRE is a phrase that callers may be told as a notice: Kezek's own, or a recording of the site's own.
var noticeRE = regexp.MustCompile(`^(maintenance|notice-[a-z0-9-]{1,40})$`)

// notice checks the maintenance notices.
func (l *loader) notice(n queue.NoticeRules) {
	if len(n.Phrases) == 0 {
		l.missing("notice.phrases", "want at least one, such as [maintenance]")
	}
	for i, p := range n.Phrases {
		l.match(item("notice.phrases", i), p, noticeRE, "want maintenance, or notice- and 1 to 40 lower-case letters, digits and -")
	}
	unique(l.report, "notice.phrases", n.Phrases)
	between(l.report, "notice.for", n.For, time.Minute, queue.LongestNotice)
}

// Package ear tells what is heard in a recording of a telephone call: which
// prompt and from when to when, music on hold, whose tone, silence.
//
//	l, err := ear.Load("prompts/audio")
//	err = l.AddMusic("/usr/share/asterisk/moh")
//	l.NameTone(1250, "1012")
//	fmt.Println(l.Listen(pcm))
//	// 0.00–2.99 ru/welcome · 2.99–3.69 ru/menu-1 (25 %) · 3.70–9.12 music/cold_day · 9.12–12.00 tone of 1012
//
// # How it listens
//
// Playing a prompt through G.711 leaves it almost the same, sample by sample,
// so that a prompt is known by correlation. To look for hundreds of prompts at
// every sample would take minutes. So a sketch comes first: 32 bits for every
// few milliseconds that tell how the spectrum moves (print.go). The sketches
// of all prompts are compared with that of the recording (search.go), and where
// some 0.4 s agree, the samples are (match.go), in pieces of 20 ms: that tells
// how much of the prompt was heard, and tells prompts apart that differ in one
// word. Where several fit, the one that explains most is taken first.
//
// What is left is sorted into tones (the Goertzel algorithm), silence, music
// (a spectrum that lasts) and other sound.
//
// The innermost loops are pure arithmetic on memory of their own, and would take
// ten times as long under the race detector: it is told to leave them alone.
//
// # What it cannot
//
// Two prompts at the same time, or a prompt under speech that is as loud. Of a
// prompt that was cut off in words that others begin with, too, it names all of
// them ([Heard.Or]).
package ear

package queue

// Phrase is one prompt of the catalogue, in one language.
type Phrase struct {
	ID       string
	Language Language
	// N is the number in a numbered phrase such as "position"; 0 otherwise.
	N int
}

// Ringback is the id of a phrase that is a tone: what an agent hears while a client is called.
const Ringback = "ringback"

// Language is a spoken language as its ISO 639-1 code: "ru", "ky".
type Language string

package queue

// Fault is an invariant of the rules that does not hold.
type Fault struct {
	// About is the entity that breaks it, nil if it is the index that does.
	About Entity
	// What is wrong, in words.
	What string
	// panicked: it could not even be looked at.
	panicked bool
}

// Error implements error.
func (f Fault) Error() string { return f.What }

// report is told each fault.
type report func(about Entity, format string, args ...any)

// Mending is what was done about an entity that could not stay as it was.
type Mending struct {
	Kind, Key string
	// Why is what was wrong with it.
	Why string
	// Aside: it was taken out of the state. Otherwise it goes on, without
	// what it was busy with.
	Aside bool
	// Entity is the entity: after the mending, or as it was put aside.
	Entity Entity
}

// How far a mending goes, the mildest first.
const (
	mildly = 1 + iota // it ends what it is busy with
	bare              // it keeps what it cannot be without
	aside             // it goes
)

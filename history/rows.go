package history

// The rows of the tables, see migrations/*.sql. Times are Unix ms, lengths ms.

// key says which entry of the journal a row was made from.
type key struct {
	Site  string `db:"site"`
	Entry int64  `db:"entry"`
}

// part is one of several rows of an entry.
type part struct {
	key
	No int `db:"no"`
}

// line is what a row counts for.
type line struct {
	Queue    string `db:"queue"`
	Language string `db:"language"`
}

type callRow struct {
	key
	line
	ID       string `db:"id"`
	Started  int64  `db:"started"`
	Ended    int64  `db:"ended"`
	Number   string `db:"number"`
	DID      string `db:"did"`
	Agent    string `db:"agent"`
	Outcome  string `db:"outcome"`
	Callback string `db:"callback"`
	Wait     int64  `db:"wait"`
	Talk     int64  `db:"talk"`
	Hold     int64  `db:"hold"`
	Rating   int    `db:"rating"`
	Result   string `db:"result"`
}

type visitRow struct {
	part
	line
	Started  int64  `db:"started"`
	Wait     int64  `db:"wait"`
	Position int    `db:"position"`
	Back     string `db:"back"`
	Outcome  string `db:"outcome"`
	Agent    string `db:"agent"`
	InTime   int    `db:"in_time"`
}

type offerRow struct {
	key
	line
	Started  int64  `db:"started"`
	Ring     int64  `db:"ring"`
	Agent    string `db:"agent"`
	Call     string `db:"call"`
	Callback string `db:"callback"`
	Outcome  string `db:"outcome"`
}

type talkRow struct {
	part
	line
	Started  int64  `db:"started"`
	Length   int64  `db:"length"`
	Agent    string `db:"agent"`
	Callback string `db:"callback"`
	Result   string `db:"result"`
}

type holdRow struct {
	part
	line
	Started int64  `db:"started"`
	Length  int64  `db:"length"`
	Agent   string `db:"agent"`
	Way     string `db:"way"`
	Outcome string `db:"outcome"`
	Limited int    `db:"limited"`
}

type transferRow struct {
	part
	line
	Started  int64  `db:"started"`
	Answered int64  `db:"answered"`
	Length   int64  `db:"length"`
	Agent    string `db:"agent"`
	Way      string `db:"way"`
	Target   string `db:"target"`
	Outcome  string `db:"outcome"`
}

type recordingRow struct {
	part
	line
	Started int64  `db:"started"`
	Length  int64  `db:"length"`
	Paused  int64  `db:"paused"`
	Agent   string `db:"agent"`
	Name    string `db:"name"`
	Broken  string `db:"broken"`
}

type listeningRow struct {
	part
	line
	Started    int64  `db:"started"`
	Length     int64  `db:"length"`
	Supervisor string `db:"supervisor"`
	Mode       string `db:"mode"`
}

type callbackRow struct {
	key
	line
	ID        string `db:"id"`
	Booked    int64  `db:"booked"`
	Due       int64  `db:"due"`
	Ended     int64  `db:"ended"`
	Breached  int64  `db:"breached"`
	Number    string `db:"number"`
	Class     string `db:"class"`
	Origin    string `db:"origin"`
	OrderedBy string `db:"ordered_by"`
	Call      string `db:"call"`
	Merged    int    `db:"merged"`
	Attempts  int    `db:"attempts"`
	Agent     string `db:"agent"`
	Outcome   string `db:"outcome"`
	Reason    string `db:"reason"`
}

type attemptRow struct {
	key
	line
	Started  int64  `db:"started"`
	Callback string `db:"callback"`
	Agent    string `db:"agent"`
	Outcome  string `db:"outcome"`
}

type statusRow struct {
	part
	line
	Started   int64  `db:"started"`
	Ended     int64  `db:"ended"`
	Agent     string `db:"agent"`
	Status    string `db:"status"`
	OrderedBy string `db:"ordered_by"`
	Serves    string `db:"serves"`
}

type shiftRow struct {
	key
	Started   int64  `db:"started"`
	Ended     int64  `db:"ended"`
	Agent     string `db:"agent"`
	Phone     string `db:"phone"`
	Late      int64  `db:"late"`
	Outcome   string `db:"outcome"`
	OrderedBy string `db:"ordered_by"`
	Reason    string `db:"reason"`
}

type attendanceRow struct {
	key
	Happened int64  `db:"happened"`
	Agent    string `db:"agent"`
	Kind     string `db:"kind"`
	Status   string `db:"status"`
	Length   int64  `db:"length"`
	Day      string `db:"day"`
	Begun    int64  `db:"begun"`
}

type correctionRow struct {
	key
	Happened  int64  `db:"happened"`
	Agent     string `db:"agent"`
	Day       string `db:"day"`
	Paid      int64  `db:"paid"`
	Restored  int    `db:"restored"`
	OrderedBy string `db:"ordered_by"`
	Reason    string `db:"reason"`
}

type violationRow struct {
	key
	line
	Happened int64  `db:"happened"`
	Agent    string `db:"agent"`
	Kind     string `db:"kind"`
	Callback string `db:"callback"`
	Status   string `db:"status"`
}

type actRow struct {
	key
	Happened  int64  `db:"happened"`
	OrderedBy string `db:"ordered_by"`
	Kind      string `db:"kind"`
	Agent     string `db:"agent"`
	Queue     string `db:"queue"`
	Call      string `db:"call"`
	Callback  string `db:"callback"`
	Number    string `db:"number"`
	Words     string `db:"words"`
	Reason    string `db:"reason"`
}

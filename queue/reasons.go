package queue

import (
	"maps"
	"slices"
)

// ReasonCode is why an agent is not offered a caller who waits, or, of all agents together, why nobody has the caller.
type ReasonCode string

// reasonLine is what there is to say of a reason: words for people, in en, ru and ky; how far the agent is from the caller by it,
// the nearest first; and, of how near the nearest of all agents is, the reason why nobody has the caller.
type reasonLine struct {
	words map[string]string
	far   distance
}

// distance is how far an agent is from taking a caller.
type distance int

// The distances, the nearest first.
const (
	mayHave      distance = iota
	rung                  // the phone rings for this caller
	working               // comes back by themselves, in a moment
	lackPhone             // the phone does not work
	away                  // in a status without calls
	unsupervised          // a trainee without a supervisor
	gone                  // not logged in
	mute                  // does not speak the language
	elsewhere             // the caller is kept for another
	foreign               // does not serve the queue
)

// reasonTable has all reasons, by the function that declares them.
var reasonTable = map[ReasonCode]reasonLine{}

func reason(code ReasonCode, far distance, en, ru, ky string) ReasonCode {
	reasonTable[code] = reasonLine{map[string]string{"en": en, "ru": ru, "ky": ky}, far}
	return code
}

// The reasons why an agent is not offered a caller.
var (
	ReasonRings     = reason("rings", rung, "the phone rings for this caller", "телефон звонит для этого звонящего", "телефон ушул чалуучу үчүн чалып жатат")
	ReasonElsewhere = reason("rings_elsewhere", working, "the caller rings at another agent's phone now", "звонок сейчас идёт другому оператору", "чалуу азыр башка операторго барып жатат")
	ReasonPenalty   = reason("penalty", working, "agents of a lower penalty are rung first", "сначала звонят операторам с меньшим штрафом", "адегенде айыбы азыраак операторлорго чалынат")
	ReasonBefore    = reason("before", working, "another caller is before this one", "перед этим звонящим есть другой", "бул чалуучудан мурун башкасы бар")
	ReasonPromised  = reason("promised_first", working, "a promised callback goes first", "сначала обещанный перезвон", "адегенде убада кылынган кайра чалуу")
	ReasonAsked     = reason("asked_before", working, "was offered this caller and did not take the call", "этот звонок уже предлагали, не принят", "бул чалуу сунушталган, кабыл алынган эмес")

	ReasonRinging   = reason("ringing", working, "the phone rings for another call", "телефон звонит для другого звонка", "телефон башка чалуу үчүн чалып жатат")
	ReasonOnCall    = reason("on_call", working, "is on a call", "разговаривает", "сүйлөшүп жатат")
	ReasonCallback  = reason("on_callback", working, "makes a promised callback", "делает обещанный перезвон", "убада кылынган кайра чалууну жасап жатат")
	ReasonWrapUp    = reason("wrapup", working, "writes down the result of the last call", "оформляет результат последнего звонка", "акыркы чалуунун жыйынтыгын жазып жатат")
	ReasonOwes      = reason("owes_callback", working, "owes a callback, and gets no other call before it", "должен сделать перезвон, до него других звонков не получает", "кайра чалуу милдети бар, ага чейин башка чалуу келбейт")
	ReasonRests     = reason("rests", working, "rests for a moment after a call that was not taken", "короткая пауза после непринятого звонка", "кабыл алынбаган чалуудан кийин кыска тыныгуу")
	ReasonHangingUp = reason("hanging_up", working, "the line of the last call is still being hung up", "линия прошлого звонка ещё закрывается", "мурунку чалуунун линиясы али жабыла элек")
	ReasonListens   = reason("listens", working, "listens to another agent's talk", "слушает разговор другого оператора", "башка оператордун сүйлөшүүсүн угуп жатат")

	ReasonPhoneGone  = reason("phone_gone", lackPhone, "the phone is not registered", "телефон не зарегистрирован", "телефон катталган эмес")
	ReasonPhoneInUse = reason("phone_in_use", lackPhone, "the phone has a call of its own", "телефон занят своим звонком", "телефон өз чалуусу менен бош эмес")
	ReasonPhoneFault = reason("phone_fault", lackPhone, "the phone does not work, and is tried seldom", "телефон неисправен, пробуем редко", "телефон бузук, сейрек аракет кылынат")

	ReasonStatus       = reason("status", away, "is in a status without calls", "в статусе без звонков", "чалуу келбеген статуста")
	ReasonMissed       = reason("missed", away, "is paused after calls that were not taken", "на паузе после непринятых звонков", "кабыл алынбаган чалуулардан кийин тыныгууда")
	ReasonUnwell       = reason("unwell", away, "is unwell", "плохо себя чувствует", "өзүн жаман сезип жатат")
	ReasonNoSupervisor = reason("no_supervisor", unsupervised, "is a trainee, and no supervisor is logged in", "стажёр, а супервайзера в системе нет", "стажёр, ал эми супервайзер системада жок")
	ReasonOffline      = reason("offline", gone, "is not logged in", "не в системе", "системага кирген эмес")

	ReasonLanguage = reason("language", mute, "does not speak the caller's language", "не говорит на языке звонящего", "чалуучунун тилинде сүйлөбөйт")
	ReasonKept     = reason("kept", elsewhere, "the caller is kept for another agent for a while", "звонящий пока оставлен за другим оператором", "чалуучу азырынча башка операторго калтырылган")
	ReasonSkill    = reason("lacks_skill", foreign, "lacks a skill that the queue asks for", "нет навыка, которого требует очередь", "кезек талап кылган көндүм жок")
	ReasonQueue    = reason("not_in_queue", foreign, "does not serve this queue", "не обслуживает эту очередь", "бул кезекте иштебейт")
	ReasonRemoved  = reason("removed", foreign, "is no longer in the config", "больше нет в конфигурации", "конфигурацияда мындан ары жок")
)

// The reasons why nobody has the caller.
var (
	ReasonNotWaiting   = reason("not_waiting", 0, "the caller does not wait in line", "звонящий не ожидает в очереди", "чалуучу кезекте күткөн жок")
	ReasonExchangeDown = reason("exchange_down", 0, "Asterisk cannot be asked to ring anybody now", "Asterisk сейчас недоступен", "Asterisk азыр жеткиликсиз")
	ReasonKeptFor      = reason("kept_for_agent", 0, "the caller is kept for one agent for a while", "звонящий пока оставлен за одним оператором", "чалуучу азырынча бир операторго калтырылган")
	ReasonIsRung       = reason("phones_ring", 0, "phones ring for the caller", "для звонящего звонят телефоны", "чалуучу үчүн телефондор чалып жатат")
	ReasonNow          = reason("now", 0, "an agent is free and is about to be rung", "есть свободный оператор, ему сейчас позвонят", "бош оператор бар, азыр ага чалынат")
	ReasonAllBusy      = reason("all_busy", 0, "all agents who may take the caller are busy", "все подходящие операторы заняты", "ылайыктуу операторлордун баары бош эмес")
	ReasonPhones       = reason("phones_fail", 0, "the phones of all agents who may take the caller do not work", "у всех подходящих операторов не работают телефоны", "ылайыктуу операторлордун баарынын телефону иштебейт")
	ReasonAllAway      = reason("all_away", 0, "all agents who may take the caller are in a status without calls", "все подходящие операторы в статусах без звонков", "ылайыктуу операторлордун баары чалуу келбеген статуста")
	ReasonTrainees     = reason("only_trainees", 0, "only trainees could take the caller, and no supervisor is logged in", "подходят только стажёры, а супервайзера в системе нет", "стажёрлор гана ылайыктуу, ал эми супервайзер системада жок")
	ReasonNobodyHere   = reason("nobody_logged_in", 0, "no agent who may take the caller is logged in", "ни один подходящий оператор не в системе", "ылайыктуу операторлордун бири да системада эмес")
	ReasonNobodySpeaks = reason("nobody_speaks", 0, "no agent of the queue speaks the caller's language", "никто из операторов очереди не говорит на языке звонящего", "кезектин операторлорунун бири да чалуучунун тилинде сүйлөбөйт")
	ReasonNobodyServes = reason("nobody_serves", 0, "no agent serves the queue", "очередь никто не обслуживает", "кезекте эч ким иштебейт")
)

// together is why nobody has the caller, by how far the nearest agent is.
var together = map[distance]ReasonCode{
	mayHave: ReasonNow, rung: ReasonIsRung, working: ReasonAllBusy, lackPhone: ReasonPhones, away: ReasonAllAway, unsupervised: ReasonTrainees,
	gone: ReasonNobodyHere, mute: ReasonNobodySpeaks, elsewhere: ReasonKeptFor, foreign: ReasonNobodyServes,
}

// ReasonCodes are all of them, by name.
var ReasonCodes = slices.Sorted(maps.Keys(reasonTable))

// Words say it to people in en, ru or ky; in English if it is another language.
func (c ReasonCode) Words(language string) string {
	words := reasonTable[c].words
	if words[language] == "" {
		language = "en"
	}
	return words[language]
}

package history

import "strings"

// sentences tell what happened in a call, with {words} for what differs.
var sentences = map[string]Words{
	"call":            {"en": "The call comes in from {number} to {did}", "ru": "Входящий звонок с {number} на {did}", "ky": "{number} номеринен {did} номерине чалуу келди"},
	"client":          {"en": "The client {number} answers our call, for the callback {callback}", "ru": "Клиент {number} ответил на наш перезвон {callback}", "ky": "Кардар {number} биздин {callback} кайра чалуубузга жооп берди"},
	"menu":            {"en": "Greeting and menu", "ru": "Приветствие и меню", "ky": "Саламдашуу жана меню"},
	"visit":           {"en": "Waits in line of {queue} ({language}), place {position}: {end}", "ru": "Ожидает в очереди {queue} ({language}), место {position}: {end}", "ky": "{queue} кезегинде күтөт ({language}), орду {position}: {end}"},
	"back":            {"en": "Back in line of {queue} ({language}), place {position}: {end}", "ru": "Снова в очереди {queue} ({language}), место {position}: {end}", "ky": "Кайра {queue} кезегинде ({language}), орду {position}: {end}"},
	"offer":           {"en": "The phone of {agent} rings: {end}", "ru": "Звонит телефон оператора {agent}: {end}", "ky": "{agent} операторунун телефону чалат: {end}"},
	"talk":            {"en": "Talks with {agent}", "ru": "Разговор с оператором {agent}", "ky": "{agent} оператору менен сүйлөшүү"},
	"talk.result":     {"en": "Talks with {agent}; result: {result}", "ru": "Разговор с оператором {agent}; результат: {result}", "ky": "{agent} оператору менен сүйлөшүү; натыйжа: {result}"},
	"hold":            {"en": "On hold by {agent}: {end}", "ru": "На удержании у оператора {agent}: {end}", "ky": "{agent} оператору кармап турат: {end}"},
	"hold.limit":      {"en": "On hold by {agent} for too long, the rule ended it: {end}", "ru": "Слишком долго на удержании у оператора {agent}, завершено по правилу: {end}", "ky": "{agent} оператору өтө узак кармады, эреже боюнча бүттү: {end}"},
	"transfer":        {"en": "{agent} passes the caller on to {to}: {end}", "ru": "{agent} переводит звонящего на {to}: {end}", "ky": "{agent} чалуучуну {to} которот: {end}"},
	"consult":         {"en": "{agent} consults {to}: {end}", "ru": "{agent} консультируется с {to}: {end}", "ky": "{agent} {to} менен кеңешет: {end}"},
	"supervisor":      {"en": "{agent} calls the supervisor in at {to}: {end}", "ru": "{agent} зовёт супервайзера {to}: {end}", "ky": "{agent} супервайзерди чакырат {to}: {end}"},
	"listening":       {"en": "The supervisor {by}: {mode}", "ru": "Супервайзер {by}: {mode}", "ky": "Супервайзер {by}: {mode}"},
	"recording":       {"en": "Recorded: {name}", "ru": "Запись: {name}", "ky": "Жазуу: {name}"},
	"recording.broke": {"en": "Recorded: {name}; broken off: {why}", "ru": "Запись: {name}; прервана: {why}", "ky": "Жазуу: {name}; үзүлдү: {why}"},
	"rating":          {"en": "The caller rates the call: {rating}", "ru": "Оценка звонящего: {rating}", "ky": "Чалуучунун баасы: {rating}"},
	"end":             {"en": "The call ends: {end}", "ru": "Конец звонка: {end}", "ky": "Чалуу бүттү: {end}"},
	"callback":        {"en": "A callback to {number} is booked: {class}, due {due}", "ru": "Обещан перезвон на {number}: {class}, срок {due}", "ky": "{number} номерине кайра чалуу убада кылынды: {class}, мөөнөтү {due}"},
	"callback.offer":  {"en": "The phone of {agent} rings for the callback: {end}", "ru": "Телефон оператора {agent} звонит для перезвона: {end}", "ky": "Кайра чалуу үчүн {agent} операторунун телефону чалат: {end}"},
	"attempt":         {"en": "{agent} calls the client: {end}", "ru": "{agent} звонит клиенту: {end}", "ky": "{agent} кардарга чалат: {end}"},
	"breach":          {"en": "The deadline of the callback is missed", "ru": "Срок перезвона нарушен", "ky": "Кайра чалуунун мөөнөтү өттү"},
	"callback.end":    {"en": "The callback is over: {end}", "ru": "Перезвон завершён: {end}", "ky": "Кайра чалуу бүттү: {end}"},
	"callback.cancel": {"en": "The callback is over: {end}: {why}", "ru": "Перезвон завершён: {end}: {why}", "ky": "Кайра чалуу бүттү: {end}: {why}"},
	"violation":       {"en": "Violation of {agent}: {kind}", "ru": "Нарушение оператора {agent}: {kind}", "ky": "{agent} операторунун бузуусу: {kind}"},
	"act":             {"en": "{by} orders: {kind}; {words}", "ru": "Распоряжение {by}: {kind}; {words}", "ky": "{by} буйрук берди: {kind}; {words}"},
	"withheld":        {"en": "a withheld number", "ru": "скрытого номера", "ky": "жашыруун"},
}

// codeWords say what the codes of outcomes, causes, classes and modes mean in a sentence.
var codeWords = map[string]Words{
	// how calls end
	"call completed_agent": {"en": "the agent hung up", "ru": "трубку положил оператор", "ky": "оператор трубканы койду"}, "call completed_caller": {"en": "the caller hung up after the talk", "ru": "звонящий положил трубку после разговора", "ky": "чалуучу сүйлөшүүдөн кийин трубканы койду"},
	"call abandoned": {"en": "the caller gave up waiting", "ru": "звонящий не дождался", "ky": "чалуучу күтпөй койду"}, "call abandoned_menu": {"en": "the caller hung up in the menu", "ru": "звонящий положил трубку в меню", "ky": "чалуучу менюда трубканы койду"},
	"call closed": {"en": "the queue was closed", "ru": "очередь была закрыта", "ky": "кезек жабык болчу"}, "call full": {"en": "the queue was full", "ru": "очередь была заполнена", "ky": "кезек толуп калган"},
	"call empty": {"en": "no agent was there", "ru": "операторов не было", "ky": "операторлор жок болчу"}, "call timeout": {"en": "the longest wait was over", "ru": "вышло наибольшее время ожидания", "ky": "эң узак күтүү убактысы бүттү"},
	"call unknown_number": {"en": "the number belongs to no queue", "ru": "номер не относится ни к одной очереди", "ky": "номер бир да кезекке тиешелүү эмес"}, "call lost": {"en": "lost by a fault of the exchange", "ru": "потерян из-за сбоя АТС", "ky": "АТСтин катасынан жоголду"},
	"call callback": {"en": "a callback instead", "ru": "вместо ожидания обещан перезвон", "ky": "анын ордуна кайра чалуу"}, "call rude": {"en": "ended because of the caller's tone", "ru": "завершён из-за тона звонящего", "ky": "чалуучунун тонунан улам бүттү"},
	"call not_heard": {"en": "the caller was not heard", "ru": "звонящего не было слышно", "ky": "чалуучу угулган жок"}, "call ended": {"en": "a supervisor ended it", "ru": "завершён супервайзером", "ky": "супервайзер бүтүрдү"}, "call transferred": {"en": "with the third party", "ru": "у третьей стороны", "ky": "үчүнчү тарапта"},
	// how visits to a line end
	"visit answered": {"en": "answered", "ru": "отвечено", "ky": "жооп берилди"}, "visit abandoned": {"en": "gave up", "ru": "не дождался", "ky": "күтпөй койду"}, "visit timeout": {"en": "waited too long", "ru": "вышло время ожидания", "ky": "күтүү убактысы бүттү"},
	"visit empty": {"en": "no agent was there", "ru": "операторов не было", "ky": "операторлор жок болчу"}, "visit callback": {"en": "took a callback", "ru": "выбрал перезвон", "ky": "кайра чалууну тандады"}, "visit ended": {"en": "a supervisor ended the call", "ru": "завершён супервайзером", "ky": "супервайзер бүтүрдү"}, "visit moved": {"en": "moved to another queue", "ru": "переведён в другую очередь", "ky": "башка кезекке которулду"}, "visit lost": {"en": "lost", "ru": "потерян", "ky": "жоголду"},
	// what becomes of a ring, and of an attempt to reach a client
	"ring answered": {"en": "answered", "ru": "ответил", "ky": "жооп берди"}, "ring cancelled": {"en": "taken elsewhere, or given up", "ru": "принят другим или отменён", "ky": "башка жакта алынды же токтотулду"}, "ring talked": {"en": "they talked", "ru": "разговор состоялся", "ky": "сүйлөшүү болду"},
	"ring no_answer": {"en": "no answer", "ru": "нет ответа", "ky": "жооп жок"}, "ring declined": {"en": "declined", "ru": "отклонён", "ky": "четке кагылды"}, "ring busy": {"en": "busy", "ru": "занято", "ky": "бош эмес"}, "ring forwarded": {"en": "forwarded elsewhere", "ru": "переадресован", "ky": "башка жакка багытталган"},
	"ring unreachable": {"en": "the phone cannot be reached", "ru": "телефон недоступен", "ky": "телефон жеткиликсиз"}, "ring no_number": {"en": "there is no such number", "ru": "такого номера нет", "ky": "мындай номер жок"}, "ring trunk": {"en": "the trunk failed", "ru": "сбой линии оператора связи", "ky": "байланыш линиясынын катасы"},
	"ring no_audio": {"en": "no audio", "ru": "нет звука", "ky": "үн жок"}, "ring no_codec": {"en": "no common codec", "ru": "нет общего кодека", "ky": "орток кодек жок"}, "ring dropped": {"en": "its connection broke", "ru": "связь оборвалась", "ky": "байланыш үзүлдү"}, "ring broken": {"en": "it failed when it answered", "ru": "сбой в момент ответа", "ky": "жооп берүүдө ката кетти"},
	"ring lost": {"en": "lost", "ru": "потерян", "ky": "жоголду"}, "ring failed": {"en": "failed", "ru": "не удалось", "ky": "ишке ашкан жок"}, "ring missed": {"en": "not taken", "ru": "не принят", "ky": "алынган жок"}, "ring normal": {"en": "hung up", "ru": "отбой", "ky": "трубка коюлду"},
	// how holds end
	"hold returned": {"en": "back to the talk", "ru": "возврат к разговору", "ky": "сүйлөшүүгө кайтты"}, "hold callback": {"en": "a callback was promised", "ru": "обещан перезвон", "ky": "кайра чалуу убада кылынды"}, "hold requeued": {"en": "back in line", "ru": "возврат в очередь", "ky": "кезекке кайтты"},
	"hold caller_left": {"en": "the caller hung up", "ru": "звонящий положил трубку", "ky": "чалуучу трубканы койду"}, "hold agent_left": {"en": "the agent was gone", "ru": "оператор отключился", "ky": "оператор кетти"}, "hold lost": {"en": "lost", "ru": "потерян", "ky": "жоголду"},
	"hold together": {"en": "all three talked", "ru": "разговор втроём", "ky": "үчөө сүйлөштү"}, "hold transferred": {"en": "left to the third party", "ru": "передан третьей стороне", "ky": "үчүнчү тарапка берилди"},
	// what becomes of a third party
	"third transferred": {"en": "the caller stayed there", "ru": "переведён", "ky": "которулду"}, "third left": {"en": "the third party hung up", "ru": "третья сторона положила трубку", "ky": "үчүнчү тарап трубканы койду"}, "third cancelled": {"en": "taken back", "ru": "отменено", "ky": "артка кайтарылды"}, "third caller_left": {"en": "the caller hung up", "ru": "звонящий положил трубку", "ky": "чалуучу трубканы койду"},
	// what supervisors order
	"act callback.booked": {"en": "a callback is booked", "ru": "записан перезвон", "ky": "кайра чалуу жазылды"}, "act callback.moved": {"en": "the callback is moved", "ru": "перезвон перенесён", "ky": "кайра чалуу жылдырылды"}, "act callback.merged": {"en": "a callback is asked for again", "ru": "перезвон запрошен ещё раз", "ky": "кайра чалуу дагы суралды"}, "act callback.ended": {"en": "the callback is cancelled", "ru": "перезвон отменён", "ky": "кайра чалуу токтотулду"},
	"act call.order": {"en": "about the call", "ru": "о звонке", "ky": "чалуу боюнча"}, "act refused": {"en": "refused", "ru": "отказано", "ky": "четке кагылды"}, "act monitor.started": {"en": "listening", "ru": "прослушивание", "ky": "угуу"},
	// callbacks
	"callback completed": {"en": "the client was served", "ru": "клиент обслужен", "ky": "кардар тейленди"}, "callback reached": {"en": "the client called in and was served", "ru": "клиент позвонил сам и обслужен", "ky": "кардар өзү чалып, тейленди"}, "callback unreached": {"en": "the client was not reached", "ru": "до клиента не дозвонились", "ky": "кардарга жете алган жок"}, "callback cancelled": {"en": "cancelled", "ru": "отменён", "ky": "токтотулду"},
	"class information": {"en": "information", "ru": "информация", "ky": "маалымат"}, "class manager": {"en": "manager", "ru": "менеджер", "ky": "менеджер"}, "class complaint": {"en": "complaint", "ru": "жалоба", "ky": "арыз"},
	"mode listen": {"en": "listens", "ru": "слушает", "ky": "угат"}, "mode whisper": {"en": "speaks to the agent", "ru": "говорит с оператором", "ky": "операторго сүйлөйт"}, "mode join": {"en": "is in the talk", "ru": "участвует в разговоре", "ky": "сүйлөшүүгө катышат"},
	"violation callback_declined": {"en": "declined a callback", "ru": "отклонил перезвон", "ky": "кайра чалууну четке какты"}, "violation callback_not_answered": {"en": "did not answer a callback", "ru": "не ответил на перезвон", "ky": "кайра чалууга жооп берген жок"}, "violation callback_hung_up": {"en": "hung up before the client was on the line", "ru": "отбой до соединения с клиентом", "ky": "кардар туташканга чейин трубканы койду"},
	"violation callback_unplugged": {"en": "unplugged the phone", "ru": "телефон отключён", "ky": "телефон өчүрүлдү"}, "violation callback_break": {"en": "a break instead of a callback", "ru": "перерыв вместо перезвона", "ky": "кайра чалуунун ордуна тыныгуу"}, "violation callback_logout": {"en": "log-out instead of a callback", "ru": "выход вместо перезвона", "ky": "кайра чалуунун ордуна чыгуу"}, "violation status_forbidden": {"en": "a forbidden status", "ru": "запрещённый статус", "ky": "тыюу салынган статус"},
}

// code is what a code means in a language, by the first of the sets that has it; the code itself if none has.
func code(language, code string, sets ...string) string {
	for _, set := range sets {
		if w, known := codeWords[set+" "+code]; known {
			return w.In(language)
		}
	}
	return code
}

// sentence is one with its words.
func sentence(language, id string, words ...string) string {
	return strings.TrimRight(strings.NewReplacer(words...).Replace(sentences[id].In(language)), " ;")
}

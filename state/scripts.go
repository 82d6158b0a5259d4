package state

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

// Each change of several keys is one of these scripts; the head of the file
// tells its keys, arguments and answer.
var (
	//go:embed lua/owner.lua
	ownerLua string
	//go:embed lua/acquire.lua
	acquireLua string
	//go:embed lua/renew.lua
	renewLua string
	//go:embed lua/release.lua
	releaseLua string
	//go:embed lua/save.lua
	saveLua string
	//go:embed lua/aside.lua
	asideLua string
	//go:embed lua/place.lua
	placeLua string
	//go:embed lua/erase.lua
	eraseLua string
	//go:embed lua/sign.lua
	signLua string

	acquireScript = redis.NewScript(ownerLua + acquireLua)
	renewScript   = redis.NewScript(ownerLua + renewLua)
	releaseScript = redis.NewScript(ownerLua + releaseLua)
	saveScript    = redis.NewScript(ownerLua + saveLua)
	asideScript   = redis.NewScript(ownerLua + asideLua)
	placeScript   = redis.NewScript(ownerLua + placeLua)
	eraseScript   = redis.NewScript(ownerLua + eraseLua)
	signScript    = redis.NewScript(signLua)
)

// What a script says about the site: see lua/owner.lua and lua/save.lua.
const (
	ours     = "OURS"
	fenced   = "FENCED"
	behind   = "BEHIND"
	mistyped = "MISTYPED"
)

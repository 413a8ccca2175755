package api_test

import (
	"wasl/internal/platform/db"
	"wasl/internal/testkit/dbtest"
)

func dbOptions(clock *dbtest.Clock) db.Options { return db.Options{Now: clock.Now} }

package db

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"wasl/internal/kernel/fault"
)

// LockServe makes sure that one process serves a SQLite file: a Conflict fault
// "db.served_elsewhere" when another does. The lock ends with the process or
// with release. It does nothing on PostgreSQL.
func LockServe(dsn string) (release func(), err error) {
	engine, path, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	if engine != SQLite {
		return func() {}, nil
	}
	release, taken, err := fileLock(path + ".serve.lock")
	switch {
	case err != nil:
		return nil, fault.Wrap(err, fault.Unavailable, "db.storage")
	case taken:
		return nil, fault.New(fault.Conflict, "db.served_elsewhere")
	}
	return release, nil
}

// waitFileLock waits for a lock on a side file.
func waitFileLock(ctx context.Context, path string) (release func(), err error) {
	tick := time.NewTicker(migrateLockEvery)
	defer tick.Stop()
	for {
		release, taken, err := fileLock(path)
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "db.storage")
		}
		if !taken {
			return release, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, mapCommon(ctx.Err())
		}
	}
}

// fileLock locks a side file, which stays: removing it would let two processes
// lock two files of one name.
func fileLock(path string) (release func(), taken bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, liteFileMode)
	if err != nil {
		return nil, false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		err = errors.Join(err, f.Close())
		return nil, errors.Is(err, syscall.EWOULDBLOCK), unless(errors.Is(err, syscall.EWOULDBLOCK), err)
	}
	return func() { _ = f.Close() }, false, nil // closing unlocks; nothing was written
}

func unless(expected bool, err error) error {
	if expected {
		return nil
	}
	return err
}

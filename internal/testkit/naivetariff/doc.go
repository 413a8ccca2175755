// Package naivetariff is the second implementation of tariff files: it prices a
// request from the words of docs/tariff-format.md alone, as literally and slowly
// as they stand there. It keeps the YAML as it was decoded, computes everything
// in fractions, knows nothing of internal/module/tariff nor kernel/money and is
// in no program. What both implementations answer for millions of random
// requests is compared in the tests; a difference is a fault of one of them or
// of the page.
//
// It takes files for granted: whether a file is well formed is the engine's to
// say, and the generator of this package writes only well-formed ones.
package naivetariff

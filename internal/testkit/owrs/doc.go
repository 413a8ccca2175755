// Package owrs reads the water rate files of Californian utilities (Open Water
// Rate Specification) and writes them as tariff files of wasl, to prove what the
// format can express. It is for the tests only and in no program.
//
// Read gives the parts of a file. Bill evaluates its formulas as they stand, in
// fractions, with the rules of RateParser, the specification's own program.
// Convert evaluates them with the inputs as unknowns and writes what comes out as
// charges. The tests compare both, to the cent: the bill of the formulas rounded
// once, half away from zero, and the total of a wasl quote with rounding: total.
//
// Three rules of RateParser matter. The numbers of tier_starts are the first
// unit of a tier, so a tier ends one unit before the next begins, and never
// before the one below. With Budget the start of a tier is a share of an
// allowance and is rounded up to the whole unit. A map gives the value of the
// key made of the inputs it depends on, joined by a bar.
package owrs

package seq

import "strconv"

// Number is a legal number as it is printed: a prefix that tells what is numbered, the
// exercise, the code of the entity, which never changes, the node and the serial, with at
// least so many digits: "F2026-ONEE-1-00000042".
func Number(prefix string, exercise int64, entity string, node, serial int64, digits int) string {
	return prefix + strconv.FormatInt(exercise, 10) + "-" + entity + "-" + strconv.FormatInt(node, 10) + "-" + Padded(serial, digits)
}

// Padded is a serial with at least so many digits.
func Padded(serial int64, digits int) string {
	text := strconv.FormatInt(serial, 10)
	for len(text) < digits {
		text = "0" + text
	}
	return text
}

# SPDX-License-Identifier: GPL-2.0-or-later
#
# Judge results of the simulation by the tables of Documentation/simulation.md (-v page=FILE); TAP.
# Input: machine, and a result of kvrm-sim, with tabs. Status 0: all are as good as there, within some slack.
#
# In the model, who runs where is chance, which any change of weights changes: of runs that differ by nothing that
# matters, means differed by a tenth, 99th percentiles by a quarter, and the worst windows by half. On the ideal machine
# there is next to no chance. What is better than the table is not told.

BEGIN {
	FS = "\t"
	read_page()
}

# Parts of the page are told apart by their marks, rows by the scenario in them.
function read_page(    line, part, column, name) {
	while ((getline line <page) > 0) {
		if (line ~ /^<!-- begin /) {
			split(line, column, " ")
			part = column[3]
		}
		if (line !~ /^\| `/)
			continue
		gsub(/^\| `|` \| | \|$/, "|", line)
		gsub(/ \| +/, "|", line)
		split(line, column, "|")
		name = column[2]
		if (part == "shares") {
			set(name, "eevdf", "mean", column[5])
			set(name, "eevdf", "99th percentile", column[6])
		} else if (part == "reservations") {
			set(name, "eevdf", "worst window", column[3])
			set(name, "eevdf", "after waking", column[4])
			set(name, "eevdf", "short", column[5])
		} else if (part == "cost") {
			set(name, "eevdf", "writes", column[6])
			if (match(column[7], /[0-9.]+$/))
				set(name, "eevdf", column[7] ~ /cheat/ ? "cheat" : "host", substr(column[7], RSTART))
		} else if (part == "ideal" || part == "cfs") {
			set(name, part, "mean", column[3])
			set(name, part, "99th percentile", column[4])
			set(name, part, "worst window", column[6])
			set(name, part, "short", column[7])
			set(name, part, "writes", column[8])
		}
	}
}

function set(name, machine, what, value) {
	if (value != "-")
		mark[name, machine, what] = value + 0
}

function say(what, value, word, limit, holds) {
	told = told sprintf("%s%s %s (%s %.2f)", told ? ", " : "", what, value, word, limit)
	if (!holds)
		bad = bad sprintf("%s%s", bad ? ", " : "", what)
}

# The mark times a factor, and more. What is not in the page is not judged.
function at_most(what, value, factor, more,    limit) {
	if (!((key, what) in mark))
		return
	marks++
	limit = mark[key, what] * factor + more
	say(what, value, "at most", limit, value ~ /^[0-9]/ && value + 0 <= limit)
}

function at_least(what, value, factor, less,    limit) {
	if (!((key, what) in mark))
		return
	marks++
	limit = mark[key, what] * factor - less
	say(what, value, "at least", limit, value ~ /^[0-9]/ && value + 0 >= limit)
}

# Columns: machine scenario mode cpus guests mean p99 worst window awake short tick node writes used notes
{
	key = $2 SUBSEP $1
	told = bad = ""
	marks = 0
	split($16, note, " ")
	if ($1 == "ideal") {
		at_most("mean", $6, 1.1, 0.1)
		at_most("99th percentile", $7, 1.2, 0.5)
		at_least("worst window", $9, 1, 5)
		at_most("short", $11, 1.25, 1)
		at_most("writes", $14, 1.25, 5)
	} else {
		at_most("mean", $6, 1.25, 0.3)
		at_most("99th percentile", $7, 1.4, 2)
		at_least("worst window", $9, 0.7, 8)
		at_least("after waking", $10, 0.75, 0)
		at_most("short", $11, 1.25, 2)
		at_most("writes", $14, 1.25, 20)
		at_most("cheat", note[2], 1, 0.02)
		at_least("host", note[2], 1, 0.03)
	}
	if (!marks)
		bad = "not in " page
	printf "%s %d - %s on %s: %s%s\n", bad ? "not ok" : "ok", NR, $2, $1, told, bad ? "; off: " bad : ""
	failed += bad != ""
}

END {
	print "1.." NR
	exit NR == 0 || failed > 0
}

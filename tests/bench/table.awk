# SPDX-License-Identifier: MIT
# Joins weights, events and figures into a table on the terminal and JSON in the file `json`.
#   weight EVENT CYCLES            weights.txt
#   event BENCH EVENT COUNT        counted.txt: events of one operation
#   figure BENCH INSTRUCTIONS      plain.txt, kernel.txt
BEGIN {
	split("entries cr3 msr interrupts faults context_restores", names, " ")
	printf "%-28s %12s %8s %6s %6s %6s %12s\n", "benchmark", "instructions", "entries", "cr3", "msr", "traps", "est. cycles"
	printf "[" > json
}
$1 ~ /^#/ { next }
$1 == "weight" { weight[$2] = $3; next }
$1 == "event" { count[$2, $3] = $4; next }
$1 == "figure" {
	name = $2
	value = $3
	cycles = value
	events = ""
	for (i = 1; i in names; i++) {
		n = count[name, names[i]] + 0
		cycles += n * weight[names[i]]
		events = events (i > 1 ? ", " : "") sprintf("\"%s\": %.2f", names[i], n)
	}
	printf "%-28s %12.1f %8.2f %6.2f %6.2f %6.2f %12.0f\n", name, value, count[name, "entries"], count[name, "cr3"],
		count[name, "msr"], count[name, "interrupts"] + count[name, "faults"], cycles
	printf "%s\n{\"bench\": \"%s\", \"build\": \"%s\", \"unit\": \"instructions\", \"value\": %.1f, \"events\": {%s}, \"estimate_cycles\": %.0f}",
		(lines++ ? "," : ""), name, build, value, events, cycles > json
}
END { printf "\n]\n" > json }

# SPDX-License-Identifier: MIT
# Joins weights, events and figures into JSON, one object a line:
#   weight EVENT CYCLES                  weights.txt
#   event BUILD BENCH EVENT COUNT        events of one operation
#   figure BUILD BENCH INSTRUCTIONS
BEGIN { split("entries cr3 msr interrupts faults context_restores reflections", names, " ") }
$1 == "weight" { weight[$2] = $3 }
$1 == "event" { count[$2, $3, $4] = $5; counted[$2, $3] = 1 }
$1 == "figure" { builds[++figures] = $2; benches[figures] = $3; values[figures] = $4 }
END {
	printf "["
	for (f = 1; f <= figures; f++) {
		build = builds[f]; bench = benches[f]
		printf "%s\n{\"bench\": \"%s\", \"build\": \"%s\", \"unit\": \"instructions\", \"value\": %.1f",
			(f > 1 ? "," : ""), bench, build, values[f]
		if ((build, bench) in counted) {
			cycles = values[f]
			printf ", \"events\": {"
			for (i = 1; i in names; i++) {
				n = count[build, bench, names[i]] + 0
				cycles += n * weight[names[i]]
				printf "%s\"%s\": %.2f", (i > 1 ? ", " : ""), names[i], n
			}
			printf "}, \"estimate_cycles\": %.0f", cycles
		}
		printf "}"
	}
	printf "\n]\n"
}

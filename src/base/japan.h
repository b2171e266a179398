/* japan.h - the national holidays of Japan, by rule. Pure.
 *
 * The Act on National Holidays (1948) with its changes, substitute holidays (since 1973-04-12),
 * days between two holidays (since 1985-12-27), days of the imperial house, and what was moved
 * for the games of 2020 and 2021. The two equinoxes follow the usual formula, which has met
 * each announcement so far; the Cabinet announces those of a year in the February before. */
#ifndef RINGI_BASE_JAPAN_H
#define RINGI_BASE_JAPAN_H

#include <stdbool.h>
#include <stdint.h>

enum { JAPAN_YEAR_MIN = 1948, JAPAN_YEAR_MAX = 2099 };

/* False beyond those years: nothing is known of them. */
bool japan_holiday(int32_t day);

#endif

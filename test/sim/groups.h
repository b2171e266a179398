/* groups.h - one simulated life of groups and sagas; see groups.c. */
#ifndef RINGI_TEST_SIM_GROUPS_H
#define RINGI_TEST_SIM_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

int64_t sim_groups(uint64_t seed, bool verbose); /* how many operations; exits on a difference */

#endif

/* approvals.h - one simulated life of approvals; see approvals.c. */
#ifndef RINGI_TEST_SIM_APPROVALS_H
#define RINGI_TEST_SIM_APPROVALS_H

#include <stdbool.h>
#include <stdint.h>

int64_t sim_approvals(uint64_t seed, bool verbose); /* how many operations; exits on a difference */

#endif

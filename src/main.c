/* main.c - one program: the server and the command line. */
#include <string.h>

#include "cli/cli.h"
#include "server.h"

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "serve") == 0)
		return serve_main(argc - 2, argv + 2);
	return cli_main(argc, argv);
}

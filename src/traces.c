/* traces.c - see traces.h. The headers come from a file, since command lines and environments are
 * read by others. */
#include "traces.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "os/os.h"

static bool wrong_url(const char *url)
{
	return cli_fail(
			   CLI_WRONG,
			   "--otlp-endpoint %s must be http:// or https:// with a host, without a user, query "
			   "or fragment, as in http://127.0.0.1:4318.",
			   url) == CLI_DONE;
}

/* What signals of traces are posted to. */
static bool read_endpoint(struct arena *a, const char *given, struct server_options *to)
{
	struct str url = str_of(given);
	size_t scheme = str_starts(url, S("https://")) ? 8 : str_starts(url, S("http://")) ? 7 : 0;
	struct str rest = str_from(url, scheme);

	for (size_t i = 0; i < rest.len; i++)
		if (rest.at[i] <= ' ' || rest.at[i] > '~' || strchr("?#@\\\"<>", rest.at[i]) != NULL)
			return wrong_url(given);
	if (scheme == 0 || rest.len == 0 || rest.at[0] == '/')
		return wrong_url(given);
	while (url.at[url.len - 1] == '/')
		url.len--;
	to->otlp_endpoint = arena_printf(a, "%.*s/v1/traces", S_ARG(url)).at;
	return true;
}

static bool is_header(struct str line)
{
	struct str value = line, name = str_cut(&value, ':');

	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] <= ' ' || name.at[i] > '~' ||
		    strchr("()<>@,;\\\"/[]?={}", name.at[i]) != NULL)
			return false;
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
			return false;
	return name.len > 0 && str_trim(value).len > 0;
}

static bool take_lines(struct arena *a, const char *file, struct str text,
                       struct server_options *to)
{
	struct str *headers = ARENA_ARRAY(a, struct str, OTLP_HEADERS_MAX);

	for (int number = 1; str_given(text); number++) {
		struct str line = str_trim(str_cut(&text, '\n'));
		if (line.len == 0 || line.at[0] == '#')
			continue;
		if (to->otlp_header_count == OTLP_HEADERS_MAX || !is_header(line))
			return cli_fail(
					   CLI_WRONG,
					   "--otlp-headers-file %s, line %d: a line is `Name: value`, and there are "
					   "at most %d.",
					   file, number, OTLP_HEADERS_MAX) == CLI_DONE;
		headers[to->otlp_header_count++] = arena_str(a, line);
	}
	to->otlp_headers = headers;
	return true;
}

static bool read_headers(struct arena *a, const char *file, struct server_options *to)
{
	struct str text = S_NONE;
	struct stat s;

	if (os_file_read(a, file, OTLP_HEADER_FILE_MAX, &text) != OK || !str_given(text) ||
	    stat(file, &s) != 0)
		return cli_fail(CLI_WRONG, "--otlp-headers-file %s cannot be read.", file) == CLI_DONE;
	if ((s.st_mode & 077) != 0)
		return cli_fail(CLI_WRONG, "Others can read --otlp-headers-file %s. Use `chmod 600` on it.",
		                file) == CLI_DONE;
	return take_lines(a, file, text, to);
}

bool traces_options(struct arena *a, const struct options *o, struct server_options *to)
{
	const char *endpoint = option_text(o, "otlp-endpoint");
	const char *file = option_text(o, "otlp-headers-file");

	to->otlp_service = option_text(o, "otlp-service");
	if (endpoint == NULL)
		return file == NULL ||
		       cli_fail(CLI_WRONG, "--otlp-headers-file needs --otlp-endpoint.") == CLI_DONE;
	return read_endpoint(a, endpoint, to) && (file == NULL || read_headers(a, file, to));
}

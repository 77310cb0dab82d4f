#pragma once

#include "text.h"

// report asks every host function and writes what each answered, one fact on a line:
//
//     NAME = VALUE
//     NAME unset
//     NAME error CODE
//
// README.md lists the lines.
void report(text *);

// error_name is the WIT name of the case.
str error_name(error_code);

/* Named places where a test may stop, kill or slow the process. Compiled in test builds only.
 *
 * DURE_FAULTS="outbox.published=kill,order.before_commit=wait:200" arms points by name; the file
 * named by DURE_FAULTS_FILE does the same and is re-read when it changes, so a running service can
 * be armed. Actions: kill (SIGKILL to itself), wait:<ms>, hold (until the point is no longer
 * armed), fail (the point's expression becomes true). "name=kill@3" acts at the third pass only. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H
#include "common/core/base.h"

/* Arms points at start-up, before the first thread: what stands in `spec`, and in `file` (asked at
 * every pass of a point). Either may be NULL; `file` must live as long as the process. A part that
 * is not understood is told on stderr and left out. Does nothing in builds without DURE_TEST. */
void fault_arm(const char *spec, const char *file);

#ifdef DURE_TEST
bool fault_point(const char *name);
#define FAULT_POINT(name)   ((void)fault_point(name))
#define FAULT_FAILS(name)   fault_point(name)
#else
#define FAULT_POINT(name)   ((void)0)
#define FAULT_FAILS(name)   false
#endif
#endif

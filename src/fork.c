/*
** fork.c - see fork.h
*/

#include "linux.h"

#include "fork.h"

#include <pthread.h>   /* pthread_once */
#include <stdatomic.h> /* atomic_load_explicit */
#include <sys/mman.h>  /* madvise mmap */
#include <unistd.h>    /* getpid sysconf */

/*
** The id of the process is kept in a page that the kernel clears in every
** child. A handler of pthread_atfork(3) would not do: clone(2) and _Fork(3) do
** not call such a handler. NULL: there is no such page, and each call asks the
** kernel for the id.
*/
static _Atomic(pid_t) *kept_id;

static void make_page(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  /* Old versions of qemu's user mode accept any advice, even invalid advice, and do nothing. */
  if (madvise(page, size, MADV_WIPEONFORK) == 0 && madvise(page, size, -1) != 0)
    kept_id = page;
  else
    munmap(page, size);
}

pid_t cbr_process_id(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (pthread_once(&once, make_page) != 0 || kept_id == NULL) return getpid();
  pid_t id = atomic_load_explicit(kept_id, memory_order_relaxed);
  if (id == 0) {
    id = getpid();
    atomic_store_explicit(kept_id, id, memory_order_relaxed); /* other threads store the same value */
  }
  return id;
}

/*
** linux.h - included first by every file that uses the operating system.
*/

#ifndef cbr_linux_h
#define cbr_linux_h

#if !defined(__linux__)
#error "cbr is for Linux: it needs epoll(7), timerfd_create(2) and madvise(2) with MADV_WIPEONFORK"
#endif

#if !defined(_GNU_SOURCE)
/* For what -std=c11 hides: sigset_t, F_GETPIPE_SZ, SOCK_CLOEXEC, dladdr, RTLD_NODELETE, MADV_WIPEONFORK. */
#define _GNU_SOURCE
#endif

#endif

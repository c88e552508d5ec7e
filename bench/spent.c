/*
** spent.c - runs a command and prints the time and memory that the command used: spent COMMAND ARGUMENT...
** This program must be small, because a child inherits the peak memory of the process that starts it.
*/

#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* wait4 */
#endif

#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int count, char **arguments) {
  struct timespec from, to;
  struct rusage usage;
  int status;
  if (count < 2) return 2;
  clock_gettime(CLOCK_MONOTONIC, &from);
  pid_t child = fork();
  if (child == 0) {
    execvp(arguments[1], arguments + 1);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return 1;
  clock_gettime(CLOCK_MONOTONIC, &to);
  double wall = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
  printf("calls=1 cpu=%.6f wall=%.6f memory=%ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), wall,
         usage.ru_maxrss * 1024);
  return 0;
}

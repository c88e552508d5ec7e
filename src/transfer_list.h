/*
** transfer_list.h - the lists in which a pool keeps its transfers. The links are
** in the transfers, so nothing here can fail.
*/

#ifndef cbr_transfer_list_h
#define cbr_transfer_list_h

#include "transfer.h"

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Transfers, in the order of their arrival. All zero: empty. */
typedef struct cbr_transfer_list {
  cbr_transfer *first, *last;
} cbr_transfer_list;

/* Adds a transfer that is in no list, behind the last one. */
void cbr_transfer_list_append(cbr_transfer_list *list, cbr_transfer *t);

/* Takes a transfer out of the list that it is in. */
void cbr_transfer_list_remove(cbr_transfer_list *list, cbr_transfer *t);

#pragma GCC visibility pop

#endif

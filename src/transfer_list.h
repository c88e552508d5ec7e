/*
** transfer_list.h - the lists in which a pool keeps its transfers. The transfers
** contain the links, so these functions need no memory and cannot fail.
*/

#ifndef cbr_transfer_list_h
#define cbr_transfer_list_h

#include "transfer.h"

#pragma GCC visibility push(hidden) /* only luaopen_cbr_core is exported */

/* Transfers, in the order in which they were added. All fields are zero in an empty list. */
typedef struct cbr_transfer_list {
  cbr_transfer *first, *last;
} cbr_transfer_list;

/* Adds a transfer, which must be in no list, at the end of the list. */
void cbr_transfer_list_append(cbr_transfer_list *list, cbr_transfer *t);

/* Takes a transfer out of this list, in which the transfer must be. */
void cbr_transfer_list_remove(cbr_transfer_list *list, cbr_transfer *t);

#pragma GCC visibility pop

#endif

/*
** transfer_list.c - see transfer_list.h
*/

#include "linux.h"

#include "transfer_list.h"

void cbr_transfer_list_append(cbr_transfer_list *list, cbr_transfer *t) {
  t->previous = list->last;
  t->next = NULL;
  *(list->last != NULL ? &list->last->next : &list->first) = t;
  list->last = t;
}

void cbr_transfer_list_remove(cbr_transfer_list *list, cbr_transfer *t) {
  *(t->previous != NULL ? &t->previous->next : &list->first) = t->next;
  *(t->next != NULL ? &t->next->previous : &list->last) = t->previous;
  t->next = t->previous = NULL;
}

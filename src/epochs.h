/*
 * epochs.h
 *		The order of events over clusters and time. See epochs.c.
 */
#ifndef LEAD_EPOCHS_H
#define LEAD_EPOCHS_H

/* Positions from one epoch to the next: more transactions than a cluster ever has. */
#define EPOCH_SIZE (INT64CONST(1) << 48)

extern bool is_present(int64 system_identifier, int32 timeline);
extern int64 event_position(void);

#endif							/* LEAD_EPOCHS_H */

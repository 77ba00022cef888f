/*
 * evidence.h
 *		Leads that are evidence and stay. See evidence.c.
 */
#ifndef LEAD_EVIDENCE_H
#define LEAD_EVIDENCE_H

#include "columns.h"

extern void evidence_check_deletion(const LeadRow *lead);

#endif							/* LEAD_EVIDENCE_H */

/** Targets of ATSS heads. */
package dev.lectern.trainer.family.atss;

/** Targets of RepPoints heads. */
package dev.lectern.trainer.family.reppoints;

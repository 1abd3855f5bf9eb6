/** Targets of FCOS heads. */
package dev.lectern.trainer.family.fcos;

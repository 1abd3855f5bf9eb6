/** Targets of RetinaNet heads. */
package dev.lectern.trainer.family.retinanet;

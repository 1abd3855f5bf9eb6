/** Networks that distillation losses learn beside the student, and what they are made of. */
package dev.lectern.trainer.distil.network;

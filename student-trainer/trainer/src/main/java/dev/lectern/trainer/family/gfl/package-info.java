/** Generalized focal loss: targets and losses of heads with class scores and box distributions. */
package dev.lectern.trainer.family.gfl;

/** What GFLv2 adds to generalized focal loss: a score of class and box quality together. */
package dev.lectern.trainer.family.gflv2;

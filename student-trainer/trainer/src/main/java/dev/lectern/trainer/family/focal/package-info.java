/**
 * What heads with focal class scores and box distributions (ATSS, FCOS, RetinaNet) have in common.
 */
package dev.lectern.trainer.family.focal;

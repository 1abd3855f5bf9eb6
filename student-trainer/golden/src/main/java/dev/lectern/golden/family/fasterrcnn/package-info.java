/** Golden cases of Faster R-CNN. */
package dev.lectern.golden.family.fasterrcnn;

/** Golden cases of networks that give each pixel a class. */
package dev.lectern.golden.family.segmentation;

/** Golden cases of GFLv2. */
package dev.lectern.golden.family.gflv2;

/* SPDX-License-Identifier: MIT */
/* impute_files.c: which inputs are models and which are signal, by their headers. */
#include "libcommon/impute/observed.h"

int avo_impute_files_sort(struct avo_impute_files *f, char *const *paths, size_t n_paths,
                          struct avo_error *err)
{
    for (size_t i = 0; i < n_paths; i++) {
        struct avo_reader *r = avo_reader_open(paths[i], err);
        if (!r)
            return -1;
        bool signal = avo_reader_header(r)->content == AVO_CONTENT_SIGNAL;
        if (avo_reader_give_back(r, err) ||
            avo_strings_add(signal ? &f->signals : &f->models, paths[i], err))
            return -1;
    }
    return 0;
}

void avo_impute_files_release(struct avo_impute_files *f)
{
    avo_strings_release(&f->models);
    avo_strings_release(&f->signals);
}

"""The composer: an e-mail document edited by blocks. `composer.Composer` is all that the Templates page knows of it."""
